/**
 * Booting a visitor's own files: a dialog, and dropping files on the page. Files are told apart by content, so a
 * kernel and its initrd can be dropped together in any order. What is wrong with one is said beside the fields.
 */
import { identifyFile, parseMemory } from '../../client/index.ts';
import { byId } from '../dom.ts';
import { messageOf } from '../format.ts';
import type { Guest } from '../session/guest.ts';

export class OpenDialog {
  private readonly dialog = byId<HTMLDialogElement>('open');
  private readonly kernel = byId<HTMLInputElement>('open-kernel');
  private readonly initrd = byId<HTMLInputElement>('open-initrd');
  private readonly append = byId<HTMLInputElement>('open-append');
  private readonly memory = byId<HTMLInputElement>('open-memory');
  private readonly error = byId('open-error');

  constructor(
    private readonly boot: (guest: Guest) => void,
    private readonly resume: (snapshots: readonly File[]) => void,
  ) {
    byId('open-form').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.submit();
    });
    for (const input of [this.kernel, this.initrd, this.memory]) {
      input.addEventListener('change', () => this.complain());
    }
    this.listenForDrops();
  }

  open(): void {
    this.complain();
    if (!this.dialog.open) this.dialog.showModal();
  }

  /** Sorts files into the fields by what they are, and opens the dialog with the outcome. */
  async offer(all: readonly File[]): Promise<void> {
    const marked = await Promise.all(all.map(isSnapshot));
    const snapshots = all.filter((_, i) => marked[i]);
    const files = all.filter((_, i) => !marked[i]);
    if (snapshots.length > 0) this.resume(snapshots);
    if (files.length === 0) return;
    const known = await Promise.all(files.map(async (file) => ({ file, is: await identifyFile(file) })));
    this.open();
    for (const { file, is } of known) {
      if (is.role === 'kernel') put(this.kernel, file);
      else if (is.role === 'initrd') put(this.initrd, file);
    }
    const strange = known.find(({ is }) => is.role === 'unknown');
    if (strange) this.complain(`“${strange.file.name}” is neither a kernel nor an initrd (${strange.is.description}).`);
    else byId('open-boot').focus();
  }

  private async submit(): Promise<void> {
    this.complain();
    const kernel = this.kernel.files?.[0];
    if (!kernel) return this.complain('Choose a kernel first.', this.kernel);
    if (await isSnapshot(kernel)) {
      this.dialog.close();
      return this.resume([kernel]);
    }
    const is = await identifyFile(kernel);
    if (is.role !== 'kernel')
      return this.complain(`“${kernel.name}” is not a kernel (${is.description}).`, this.kernel);
    const memory = this.memory.value.trim();
    try {
      parseMemory(memory);
    } catch (error) {
      return this.complain(messageOf(error), this.memory);
    }
    this.dialog.close();
    const initrd = this.initrd.files?.[0];
    this.boot({ name: kernel.name, kernel, initrd, commandLine: this.append.value, memory, image: false });
  }

  /** Shows what is wrong, at the field it is about; without a text, nothing is. */
  private complain(text = '', field?: HTMLElement): void {
    for (const input of [this.kernel, this.initrd, this.memory]) input.removeAttribute('aria-invalid');
    field?.setAttribute('aria-invalid', 'true');
    field?.focus();
    this.error.hidden = text === '';
    this.error.textContent = text;
  }

  private listenForDrops(): void {
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
    const show = (dropping: boolean) => document.body.classList.toggle('dropping', dropping);
    window.addEventListener('dragover', (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      show(true);
    });
    window.addEventListener('dragleave', (event) => {
      if (event.relatedTarget === null) show(false);
    });
    window.addEventListener('drop', (event) => {
      show(false);
      if (!carriesFiles(event)) return;
      event.preventDefault();
      void this.offer([...(event.dataTransfer?.files ?? [])]);
    });
  }
}

/** By its first bytes alone: what is wrong with a damaged one is said as of a snapshot. */
async function isSnapshot(file: File): Promise<boolean> {
  return (await file.slice(0, 6).text()) === 'DZSNAP';
}

/** A file input takes a file from a program only as a list. */
function put(input: HTMLInputElement, file: File): void {
  const list = new DataTransfer();
  list.items.add(file);
  input.files = list.files;
}
