// Package regular reads regular files of bounded size from untrusted paths, without blocking.
//
// The input is a path; the result is the file's content or an error of one line. A FIFO, a
// device, a socket or a directory is refused before an open or read could block on it.
package regular
