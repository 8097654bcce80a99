// Every shipped form from mail to receipt: with mouse and script.
import { walkEach } from "./every-form.mjs";

walkEach("mouse");
