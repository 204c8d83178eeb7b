// Package forensics finds out where two trainings that should be equal parted.
//
// Input: run directories, model directories, or files of figures. Output: replayed steps, the first
// step, checkpoint, shard or tensor that differs, and a verdict on the cause. A replay starts at a
// checkpoint and repeats recorded steps with package train; it writes nothing into the run directory.
// The package does not print, does not parse arguments and does not use the network.
package forensics
