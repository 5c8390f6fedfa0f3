/**
 * The frame of every picture: one standalone SVG with its own colours for light and dark, and a second layout for a phone. No library: those that
 * render without a browser have neither.
 */
import { STYLE } from './picture-style.ts';
import { element, text } from './svg.ts';

/** Sizes in the layout's own pixels. Both layouts have one ratio of sides, so that they can share a view box. */
export interface Layout {
  readonly name: 'wide' | 'compact';
  readonly width: number;
  readonly height: number;
  readonly left_px: number;
  readonly right_px: number;
  readonly title_px: number;
  readonly line_px: number;
  /** sizes of the letters, as in the style sheet */
  readonly font_px: number;
  readonly titleFont_px: number;
  readonly gap_px: number;
  readonly marker_px: number;
}

const WIDE: Layout = {
  name: 'wide',
  width: 800,
  height: 720,
  left_px: 76,
  right_px: 778,
  title_px: 32,
  line_px: 20,
  font_px: 13,
  titleFont_px: 19,
  gap_px: 30,
  marker_px: 4.5,
};

const COMPACT: Layout = {
  ...WIDE,
  name: 'compact',
  width: 400,
  height: 360,
  left_px: 54,
  right_px: 384,
  title_px: 18,
  line_px: 14,
  font_px: 12,
  titleFont_px: 15,
  gap_px: 18,
  marker_px: 3,
};

export interface PictureText {
  readonly title: string;
  /** what was tested, on what: a line below the title; may be empty */
  readonly subtitle: string;
  /** everything in words, for those who cannot see it */
  readonly told: readonly string[];
}

/** An SVG document of 800 x 720 that scales with the room it is given, and shows its phone layout below 520 px. Its texts are escaped here. */
export function renderPicture({ title, subtitle, told }: PictureText, draw: (layout: Layout) => string): string {
  const { width, height } = WIDE;
  const drawn = (layout: Layout): string => {
    const scale = width / layout.width;
    const group = { class: layout.name, ...(scale !== 1 && { transform: `scale(${scale})` }) };
    return element('g', group, heads(layout, title, subtitle), draw(layout));
  };
  return element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height, class: 'picture', role: 'img' },
    element('title', {}, text(title)),
    element('desc', {}, text(told.join('. '))),
    element('style', {}, STYLE),
    element('rect', { class: 'paper', width, height }),
    drawn(WIDE),
    drawn(COMPACT),
  );
}

function heads(layout: Layout, title: string, subtitle: string): string {
  const { left_px, right_px, title_px, line_px, font_px, titleFont_px } = layout;
  const room_px = right_px - left_px;
  const cut = fitted(title, (room_px * font_px) / titleFont_px, layout, 'bold');
  const head = element('text', { class: 'title', x: left_px, y: title_px }, text(cut));
  if (subtitle === '') return head;
  return head + element('text', { class: 'soft', x: left_px, y: title_px + line_px }, text(fitted(subtitle, room_px, layout, 'normal')));
}

/** Widths of letters in ems, on the wide side of the fonts that a system may have. */
const EM = { normal: 0.58, bold: 0.64 } as const;

const WIDE_LETTERS = /[mwMW%@]/g;

/** About how wide a text is, in the layout's pixels. */
export function widthOf(label: string, { font_px }: Layout, weight: keyof typeof EM): number {
  const letters = [...label].length + 0.5 * (label.match(WIDE_LETTERS)?.length ?? 0);
  return letters * font_px * EM[weight];
}

/** A text cut to about the given width. */
export function fitted(label: string, room_px: number, layout: Layout, weight: keyof typeof EM): string {
  const most = Math.max(4, Math.floor((room_px * [...label].length) / widthOf(label, layout, weight)));
  return [...label].length > most ? `${[...label].slice(0, most - 1).join('')}…` : label;
}
