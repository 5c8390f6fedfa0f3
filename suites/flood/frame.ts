/**
 * What a flood is made of, as plain data: frames, what of them differs from packet to packet, and which go together. An engine turns it into
 * load; which vectors there are stands in `vectors.ts`.
 */

/** One frame as it goes onto the wire, without preamble, gap and FCS. */
export interface Frame {
  readonly bytes: Uint8Array;
  /**
   * What is random in every packet. Field k of all frames of a stream has the same bits in the n-th packet of each, as far as both are wide:
   * so the fragments of one datagram share their identification.
   */
  readonly varied: readonly VariedField[];
  /** the transport checksum, which follows what varies; undefined where a frame carries none or a constant one */
  readonly checksum?: Checksum;
}

/** `at` counts bytes from the frame's first one and is even, so that a field never straddles two words of a checksum. */
export interface VariedField {
  readonly at: number;
  readonly bytes: 2 | 4 | 8;
}

/** The Internet checksum (RFC 1071) over the IPv6 pseudo-header (RFC 8200, section 8.1) and everything from `from` to the frame's end. */
export interface Checksum {
  /** where it is written; even */
  readonly at: number;
  /** where the upper-layer header begins; even */
  readonly from: number;
  /** the upper-layer protocol, as the pseudo-header has it */
  readonly protocol: number;
}

/** Frames that follow one another: all of the first, then as many of the second, for the same datagrams. Most streams have one. */
export interface Stream {
  readonly frames: readonly Frame[];
  /** its share of all packets, relative to the other streams' */
  readonly share: number;
}
