// Package job reads what the user asked for: one YAML file that decides the result, and
// a cluster part that does not. In goes text, out comes a Job with every default filled
// in and every value checked, or an Error that names file, line, mistake and mend.
//
// It knows nothing of the data's contents, of layers, or of the network.
package job
