/** Something that has happened, as it is told. */
export interface Notice<Type, Offer> {
  id: string;
  type: Type;
  content: React.ReactNode;
  /** What can be done about it; null for nothing. */
  offer: Offer | null;
  /** On how many further pages it was shown. */
  pages: number;
}

/** The notices that are still told on the next page: after a save those of the save, and otherwise none. */
export function noticesOnNextPage<Type, Offer>(
  notices: readonly Notice<Type, Offer>[],
  isAfterSave: boolean,
): Notice<Type, Offer>[] {
  if (!isAfterSave) return [];
  return notices.filter(({ pages }) => pages === 0).map((notice) => ({ ...notice, pages: 1 }));
}
