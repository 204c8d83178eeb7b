package term

import (
	"fmt"
	"unicode/utf8"
)

// CheckArguments refuses arguments that are not UTF-8: the parser of flags would replace
// their bytes by U+FFFD, in texts and in names of files.
func CheckArguments(args []string) error {
	for i, a := range args {
		if !utf8.ValidString(a) {
			return fmt.Errorf("argument %d, %q, is not UTF-8: write it as UTF-8 (from Latin-1: iconv -f LATIN1 -t UTF-8), or rename the file", i+1, a)
		}
	}
	return nil
}
