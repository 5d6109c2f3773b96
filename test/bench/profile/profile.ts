export async function profile(_row: string, _context: unknown, _root: string): Promise<void> {}
