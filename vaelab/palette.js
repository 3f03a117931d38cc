// The colours of the course: named here once, for the widgets' pages and, read by palette.py, for its figures.

// Told apart by readers who are colour-blind, too (Okabe and Ito, Color Universal Design, 2008).
export const BLUE = "#0072b2";
export const ORANGE = "#d55e00";
export const GREY = "#888888";

// The two again, light, for an area with a line around it.
export const LIGHT_BLUE = "#9ecae1";
export const LIGHT_ORANGE = "#f6cdb0";

// The three again, so pale that one reads black on them.
export const PALE_BLUE = "#d6e6f5";
export const PALE_ORANGE = "#fbe3cf";
export const PALE_GREY = "#e8e8e8";

// Of the pad to draw on, which is black: its pen and its words.
export const YELLOW = "#f0b000";
export const LIGHT_GREY = "#bbbbbb";
