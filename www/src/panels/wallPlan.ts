// How large the cards of the wall are: as large as they can be with all of them in sight.

/** In em; wall.css has the same. */
const CARD = { width: 20, height: 6.25, gap: 0.75 };
const SCALES = [2, 1.6, 1.3, 1, 0.8];

export interface WallPlan {
  /** em of the cards to that of the page. */
  scale: number;
  /** How many cards there is room for. */
  room: number;
}

/** The plan for `count` cards on `width` × `height` px, the em of the page being `em` px. */
export function wallPlan(width: number, height: number, em: number, count: number): WallPlan {
  const plans = SCALES.map((scale) => {
    const fit = (length: number, size: number) =>
      Math.max(1, Math.floor((length / (em * scale) + CARD.gap) / (size + CARD.gap)));
    return { scale, room: fit(width, CARD.width) * fit(height, CARD.height) };
  });
  return plans.find(({ room }) => room >= count) ?? plans.at(-1) ?? { scale: 1, room: count };
}
