/** What was found out before, as far as there is room: whatever was not asked for longest goes first. */
export class Kept<T> {
  private readonly all = new Map<string, { readonly value: T; readonly size: number }>();
  private size = 0;

  constructor(
    private readonly most: number,
    /** Of all sizes together. */
    private readonly room: number,
  ) {}

  get(key: string): T | undefined {
    const found = this.all.get(key);
    if (!found) return undefined;
    this.all.delete(key);
    this.all.set(key, found);
    return found.value;
  }

  set(key: string, value: T, size: number): void {
    this.delete(key);
    if (size > this.room) return;
    this.all.set(key, { value, size });
    this.size += size;
    for (const oldest of this.all.keys()) {
      if (this.all.size <= this.most && this.size <= this.room) return;
      this.delete(oldest);
    }
  }

  private delete(key: string): void {
    this.size -= this.all.get(key)?.size ?? 0;
    this.all.delete(key);
  }
}
