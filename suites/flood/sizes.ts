/** Frame sizes, and what a link carries of them. Sizes are in bytes with FCS, as RFC 5180 counts. */
import type { Stream } from './frame.ts';

/** RFC 5180, section 5.1.1, with the smallest frame that holds IPv6 and UDP (14 + 40 + 8 + 4) for its 64. */
export const ETHERNET_SIZES = [66, 128, 256, 512, 1024, 1280, 1518] as const;
/** RFC 5180, section 5.1.1, leaves jumbo frames to what a device takes; 9018 is the frame of an MTU of 9000. */
export const JUMBO_SIZES = [4096, 9018, 9216] as const;

export const FCS_BYTES = 4;
/** Preamble and start delimiter (8), gap (12): what each frame takes of a line besides itself (IEEE 802.3; RFC 5180, appendix A.1). */
const BETWEEN_FRAMES_BYTES = 20;

/** Sizes of frames, and how many of all packets have each, relative to the others. */
export type Mix = readonly { readonly frame_bytes: number; readonly share: number }[];

/** The 7:4:1 of the simple Internet mix, with the small frame as large as IPv6 needs it (RFC 6985 names such mixes). */
export const IPV6_IMIX = [
  { frame_bytes: 78, share: 28 },
  { frame_bytes: 570, share: 16 },
  { frame_bytes: 1518, share: 4 },
] as const satisfies Mix;

/** The sizes of what streams send. */
export const mixOf = (streams: readonly Stream[]): Mix =>
  streams.flatMap(({ frames, share }) =>
    frames.map(({ bytes }) => ({ frame_bytes: bytes.length + FCS_BYTES, share: share / frames.length })),
  );

/** The mean size of a mix's frames, in bytes. */
export function meanFrame_bytes(mix: Mix): number {
  const packets = mix.reduce((sum, { share }) => sum + share, 0);
  return mix.reduce((sum, { frame_bytes, share }) => sum + frame_bytes * share, 0) / packets;
}

/** How many frames of a size, or of a mix, a link carries each second, rounded down (RFC 5180, appendix A.1). */
export const lineRate_pps = (link_bps: number, of: number | Mix): number =>
  Math.floor(link_bps / (8 * ((typeof of === 'number' ? of : meanFrame_bytes(of)) + BETWEEN_FRAMES_BYTES)));

/** The packets that make so many bits of frames each second, without what is between them. */
export const packetRate_pps = (mix: Mix, rate_bps: number): number => rate_bps / (8 * meanFrame_bytes(mix));
