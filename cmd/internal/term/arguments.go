package term

import (
	"fmt"
	"unicode/utf8"
)

// CheckArguments returns an error if an argument is not UTF-8. The flag parser would replace the invalid
// bytes by U+FFFD, in texts and in file names.
func CheckArguments(args []string) error {
	for i, a := range args {
		if !utf8.ValidString(a) {
			return fmt.Errorf("argument %d, %q, is not UTF-8: convert it (from Latin-1: iconv -f LATIN1 -t UTF-8), or "+
				"rename the file",
				i+1, a)
		}
	}
	return nil
}
