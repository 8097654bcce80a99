// Every shipped form from mail to receipt: with the keyboard alone.
import { walkEach } from "./every-form.mjs";

walkEach("keyboard");
