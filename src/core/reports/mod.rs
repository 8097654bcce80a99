//! A report as data, in Danish words; what every writer takes.
