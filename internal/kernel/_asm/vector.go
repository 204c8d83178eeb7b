package main

func vector(f form) {}
