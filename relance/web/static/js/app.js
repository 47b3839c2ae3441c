// The behaviour of every page of the application. Each act works as a plain form or link without it.
import "./alerts.js";
import "./copy.js";
import "./counts.js";
import "./dialogs.js";
import "./drawer.js";
import "./forms.js";
import "./keys.js";
import "./live.js";
import "./menus.js";
import "./palette.js";
import "./selection.js";
import "./tabs.js";
import "./toasts.js";
