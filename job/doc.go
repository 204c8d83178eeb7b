// Package job reads and checks job files. In goes YAML, out comes a Job with every default
// filled in and every value checked, or an Error with file, line, mistake and mend.
//
// The package also has the tables of kinds of tasks, formats of data, encoders and splits.
// Other packages decide by the properties in these tables, not by names. Register functions
// add entries.
//
// The package knows no data, no layers and no network.
package job
