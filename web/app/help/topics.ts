/** What flavours, switches and charts are, in the words of the field, and honest about what this version has. */
export interface Topic {
  readonly id: 'machines' | 'snapshots' | 'flavours' | 'switches' | 'charts' | 'measuring';
  readonly title: string;
  readonly text: readonly string[];
  readonly terms?: readonly Term[];
  /** Below docs/. */
  readonly link: string;
}

export interface Term {
  readonly term: string;
  readonly meaning: string;
  /** Whether this version has it; of a flavour the machines say so themselves, by its name in the core. */
  readonly there: boolean | { readonly flavour: string };
}

export const topics: readonly Topic[] = [
  {
    id: 'machines',
    title: 'Machines on one page',
    text: [
      'The page is dom0, the control domain; each machine is a domU, alone in a Web Worker with a memory of its own. A machine that hangs or crashes takes nothing with it: neither the others nor the page.',
      'The list, names and settings are kept in this browser. Machines that were on when the page was left are booted again, or resumed if their settings say so.',
    ],
    link: 'control-room.html',
  },
  {
    id: 'snapshots',
    title: 'Snapshots',
    text: [
      'A snapshot is a whole machine: processor, devices, memory. It is taken while the machine runs, kept by this browser, and any number of machines can go on from it. Each save of a machine builds upon the one before and holds only the pages of memory that changed.',
      'An exported snapshot is one file that needs no other. Dropped on the page, here or elsewhere, it goes on as a new machine.',
    ],
    link: 'control-room.html#snapshots',
  },
  {
    id: 'flavours',
    title: 'Flavours of virtualization',
    text: ['How much a guest knows of being one. Each way buys speed with something.'],
    terms: [
      {
        term: 'Full virtualization',
        there: { flavour: 'full' },
        meaning:
          'The guest is unmodified and sees a whole PC: processor, memory management, interrupt controllers, timers, serial lines. Every privileged instruction and every access to a device is carried out by the monitor. Any operating system works, none is quick by itself.',
      },
      {
        term: 'Acceleration by translation',
        there: true,
        meaning:
          'Dynamic binary translation: guest code that runs often is rewritten as WebAssembly, which the browser compiles for the real processor. It is full virtualization still, only faster; where hardware with VT-x or AMD-V runs guest code directly, a page has to translate. Each pass of the translator is a switch.',
      },
      {
        term: 'Paravirtualization',
        there: { flavour: 'paravirtual' },
        meaning:
          'The guest knows that it is one and asks the monitor by hypercalls, or through shared rings (virtio), instead of having devices imitated. Less is trapped, but the guest’s kernel needs drivers for it.',
      },
      {
        term: 'OS virtualization',
        there: false,
        meaning:
          'Containers: one kernel, many user spaces that do not see one another, by namespaces and cgroups. Nothing is emulated, so nothing is lost, but all share the kernel. A guest can run them inside; the page has no machines of this kind.',
      },
    ],
    link: 'control-room.html#flavours',
  },
  {
    id: 'switches',
    title: 'Switches',
    text: [
      'The interpreter carries out one guest instruction after the other. The translator makes WebAssembly of what runs often; its passes can be switched off one by one, while the machine runs, and so can the skipping of time in which the guest waits. The guest does not notice, except by the time that things take.',
      'What each does stands beside it, as the core says it. Code that was translated with another value is dropped, so for a moment after each change the machine is slower.',
    ],
    link: 'accelerate.html',
  },
  {
    id: 'charts',
    title: 'Charts',
    text: [
      'MIPS are million guest instructions a second of this computer’s time. An idle guest executes none: speed then says nothing. Marks show where a switch was thrown.',
      'Each chart has a table with the same figures.',
    ],
    link: 'control-room.html#charts',
  },
  {
    id: 'measuring',
    title: 'Measuring a switch',
    text: [
      'A second machine of the same image is booted out of sight. It runs a command again and again, the switch on and off in turn, each after one run that does not count, as the code has to be translated first. Counted is the host’s time in that machine’s Worker, and guest instructions.',
      'The median is shown with the fastest and the slowest run. Where the two ranges overlap, so many runs could not tell a difference.',
    ],
    link: 'control-room.html#measuring-a-switch',
  },
];
