using Spectre.Console;

namespace Avion.Cli;

/// <summary>What the two output streams can show.</summary>
internal static class TerminalStyle
{
    private const int DefaultColumns = 120;

    public static bool ErrorIsTerminal => !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";

    public static bool OutputIsTerminal => !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>https://no-color.org: any non-empty value switches colours off.</summary>
    public static bool ColourIsWanted => string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    public static int ErrorColumns
    {
        get
        {
            try
            {
                return ErrorIsTerminal && Console.WindowWidth > 0 ? Console.WindowWidth : DefaultColumns;
            }
            catch (IOException)
            {
                return DefaultColumns;
            }
        }
    }

    /// <summary>Standard output for tables: colours and borders only where a person reads it.</summary>
    public static IAnsiConsole CreateOutput()
    {
        bool styled = OutputIsTerminal && ColourIsWanted;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = styled ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = styled ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(Console.Out),
        });
        if (!OutputIsTerminal)
        {
            console.Profile.Width = DefaultColumns;
        }
        return console;
    }
}
