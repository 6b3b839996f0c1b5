"""One writer for each output format; everything is written anew from the released turns."""
