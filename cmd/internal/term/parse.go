package term

import (
	"io"

	"braid/internal/plain"

	"github.com/alecthomas/kong"
)

// Program describes a command line to Parse.
type Program struct {
	Name        string
	Description string
	Help        kong.Vars // help texts of flags, which struct tags name as ${key}
	Usage       string    // the hint after a usage error: see NAME --help
	Out, Errs   io.Writer
}

// helpColumns is the greatest width of help texts.
const helpColumns = 100

// Parse parses arguments into flags, a pointer to a struct with kong tags. Without arguments, and with
// --help, it prints the help. If it returns nil, the program must exit with the code.
func (p Program) Parse(flags any, args []string, options ...kong.Option) (k *kong.Context, code int) {
	exit := -1
	options = append([]kong.Option{kong.Name(p.Name), kong.Description(p.Description), p.Help, kong.Writers(p.Out, p.Errs),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: helpColumns})}, options...)
	parser, err := kong.New(flags, options...)
	if err != nil {
		return nil, Fail(p.Errs, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	if err := CheckArguments(args); err != nil {
		plain.Fprintf(p.Errs, "%s: %v\n", p.Name, err)
		return nil, ExitUsage
	}
	k, err = parser.Parse(args)
	if exit >= 0 { // --help was printed
		return nil, exit
	}
	if err != nil {
		plain.Fprintf(p.Errs, "%s: %v: %s\n", p.Name, err, p.Usage)
		return nil, ExitUsage
	}
	return k, ExitOK
}
