package main

func playSingles(o options, b built) error { return nil }
func playMany(o options, b built) error    { return nil }
