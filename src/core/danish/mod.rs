//! How Danish offices write and read numbers, dates and words in the plural.
