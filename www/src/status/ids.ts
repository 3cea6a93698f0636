// Event ids, `<ms>-<sequence>`: in one order over all channels.

/** Whether `id` comes after `other`; '' comes before all. */
export function isNewer(id: string, other: string): boolean {
  const [ms = '', sequence = ''] = id.split('-');
  const [otherMs = '', otherSequence = ''] = other.split('-');
  return +ms > +otherMs || (+ms === +otherMs && +sequence > +otherSequence);
}

export function newest(id: string, other: string): string {
  return isNewer(id, other) ? id : other;
}
