/** The page's entry. */
import { Page } from './page/page.ts';
import { isolate } from './session/isolation.ts';

if (!(await isolate())) void new Page().start();
