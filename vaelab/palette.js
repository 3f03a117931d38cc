// The colours of the course: named here once, for the widgets' pages and, read by palette.py, for its figures.

// Told apart by readers who are colour-blind, too (Okabe and Ito, Color Universal Design, 2008).
export const BLUE = "#0072b2";
export const ORANGE = "#d55e00";
export const GREY = "#888888";

// The two again, light, for an area with a line around it.
export const LIGHT_BLUE = "#9ecae1";
export const LIGHT_ORANGE = "#f6cdb0";
