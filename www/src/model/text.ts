// Text from outside is bounded before it is kept: an event may be 256 KiB, and hundreds are held.

/** `text`, or its first `most` characters and an ellipsis. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
