//! The program in process: its own store in a temporary directory, its own clock, people as types.
mod access;
mod answering;
mod desk;
mod house;
mod page;
mod people;
mod refusals;
mod reports;
