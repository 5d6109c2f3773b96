/** The chipset against its data sheets. One file, so that the devices are compiled once; the suites lie beside it. */
import './chipset/pic8259.suite.ts';
import './chipset/pit8254.suite.ts';
import './chipset/mc146818.suite.ts';
import './chipset/uart16550.suite.ts';
import './chipset/i8042.suite.ts';
import './chipset/pci.suite.ts';
import './chipset/system.suite.ts';
