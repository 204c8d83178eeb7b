package vectors

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"braid/internal/regular"
)

// Error is a mistake in a file of vectors.
type Error struct {
	File      string
	Line      int // of text; 0: Msg names the place, or the whole file is meant
	Msg, Mend string
}

func (e *Error) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Msg, e.Mend)
	}
	return e.File + ": " + e.Msg + ": " + e.Mend
}

// Mends of several mistakes.
const (
	mendTorn  = "the file is incomplete or damaged: download or copy it again"
	mendOther = "name a file of GloVe, fastText (.vec) or word2vec"
)

// fail returns an Error at the current row.
func (r *Reader) fail(mend, format string, args ...any) error {
	e := &Error{File: r.path, Line: r.line, Msg: fmt.Sprintf(format, args...), Mend: mend}
	if r.form == Binary {
		e.Line, e.Msg = 0, fmt.Sprintf("row %d at byte %d: %s", r.number, r.rowAt, e.Msg)
	}
	return e
}

// unreadable is the error of a file that cannot be opened.
func unreadable(path string, err error) error {
	var irregular *regular.Irregular
	switch {
	case errors.As(err, &irregular) && irregular.Kind == "directory":
		return &Error{File: path, Msg: irregular.Error(), Mend: "name the file in it"}
	case errors.As(err, &irregular):
		return &Error{File: path, Msg: irregular.Error(), Mend: "name a regular file; save a stream to one first"}
	}
	msg := err.Error()
	var at *os.PathError
	if errors.As(err, &at) {
		msg = at.Err.Error()
	}
	return &Error{File: path, Msg: "cannot read it (" + msg + ")", Mend: "check the path"}
}

// otherTypes are types of files that hold no vectors in a form that Reader knows, by their first
// bytes.
var otherTypes = []struct{ magic, name, mend string }{
	{"\xba\x16\x4f\x2f", "a model of fastText", "name its .vec file, of the same training"},
	{"PK\x03\x04", "a zip archive", "unpack it: unzip"},
	{"\x28\xb5\x2f\xfd", "a zstd file", "unpack it: unzstd"},
	{"\xfd7zXZ\x00", "an xz file", "unpack it: unxz"},
	{"BZh", "a bzip2 file", "unpack it: bunzip2"},
	{"\x93NUMPY", "an array of numpy", "save it as word2vec text: gensim's save_word2vec_format"},
	{"\x80\x04\x95", "a pickle of Python", "save it as word2vec text: gensim's save_word2vec_format"},
	{"version https://git-lfs.github.com/spec/", "a pointer of Git LFS, not the file itself", "fetch it: git lfs pull"},
	{"<!DOCTYPE html", "an HTML page", "download the file itself"},
}

// checkType refuses a file of another type.
func checkType(path string, head []byte) error {
	for _, f := range otherTypes {
		if strings.HasPrefix(string(head), f.magic) {
			return &Error{File: path, Msg: "is " + f.name + ", not a file of word vectors", Mend: f.mend}
		}
	}
	return nil
}
