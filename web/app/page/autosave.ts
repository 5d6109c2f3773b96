/** Saves machines that are set so when the tab is hidden or closed. A browser may end a tab before that is done. */
import type { Domain } from '../domains/domain.ts';
import type { Domains } from '../domains/domains.ts';
import type { Saves } from '../domains/saves.ts';
import { messageOf } from '../format.ts';

export class AutoSave {
  private readonly busy = new Set<string>();

  /** `failed` hears of each save that did not come to be. */
  constructor(
    private readonly domains: Domains,
    private readonly saves: Saves,
    private readonly failed: (message: string) => void,
  ) {
    document.addEventListener('visibilitychange', () => document.hidden && this.saveAll());
    window.addEventListener('pagehide', () => this.saveAll());
  }

  /** Of a list that is not kept nothing could be resumed. */
  private saveAll(): void {
    if (!this.domains.kept) return;
    for (const domain of this.domains.list)
      if (domain.settings.autosave && domain.live && domain.answers) void this.save(domain);
  }

  private async save(domain: Domain): Promise<void> {
    if (this.busy.has(domain.id)) return;
    this.busy.add(domain.id);
    try {
      await this.saves.save(domain, true);
    } catch (error) {
      this.failed(`${domain.name} was not saved: ${messageOf(error)}`);
    } finally {
      this.busy.delete(domain.id);
    }
  }
}
