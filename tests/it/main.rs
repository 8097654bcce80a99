//! The program in process: its own store in a temporary directory, its own clock, people as types.
mod house;
mod page;
mod people;
