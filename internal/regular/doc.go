// Package regular reads files that others name: regular files of a bounded size, at once.
//
// In goes a path, out comes its content or an error of one line. A FIFO, a device, a socket
// or a directory in a file's place is refused before anything could wait for its other end.
package regular
