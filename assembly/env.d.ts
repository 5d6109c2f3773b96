/** Address of this CPU's private block; an integer given to the compiler by `--use` (asconfig.json). */
declare const VCPU_BASE: usize;
