using System.CommandLine.Parsing;

namespace Avion.Cli;

/// <summary>The options `--window 4s --every 2s` of commands that look at videos piece by piece.</summary>
internal sealed class WindowOptions
{
    private readonly Option<string?> _window = new("--window")
    {
        Description = "Length of a window, such as 4s or 500ms; as long as --every if left out. With neither, each video or annotated clip is one.",
    };

    private readonly Option<string?> _every = new("--every")
    {
        Description = "Time from the beginning of a window to that of the next; as long as --window if left out.",
    };

    /// <summary>Gives a command the options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_window);
        command.Options.Add(_every);
    }

    /// <summary>What was asked for; videos and clips stay whole where that is nothing.</summary>
    /// <exception cref="UsageException">A time is none.</exception>
    public WindowRule Read(ParseResult parsed) => ReadGiven(parsed) ?? WindowRule.Whole;

    /// <summary>What was asked for; null where that is nothing.</summary>
    /// <exception cref="UsageException">A time is none.</exception>
    public WindowRule? ReadGiven(ParseResult parsed)
    {
        (string? window, string? every) = (parsed.GetValue(_window), parsed.GetValue(_every));
        if (window is null && every is null)
        {
            return null;
        }

        double length = Seconds.Read(window is null ? "--every" : "--window", window ?? every!);
        return new WindowRule(length, every is null ? length : Seconds.Read("--every", every));
    }
}
