using System.CommandLine.Parsing;

namespace Avion.Cli;

/// <summary>The options `--follow`, `--idle-timeout 30s` and `--settle 10s` of commands that follow videos which are being written.</summary>
internal sealed class FollowOption
{
    private readonly Option<bool> _follow = new("--follow")
    {
        Description = "Follow a file that is being written, or a folder that segments are put into, also one that is not there yet: one line a window, as "
            + "soon as it is complete.",
    };

    private readonly Option<string?> _idle = new("--idle-timeout")
    {
        Description = "With --follow: end when nothing was written for so long, such as 30s; never if left out.",
    };

    private readonly Option<string?> _settle = new("--settle")
    {
        Description = "With --follow: a segment that did not grow for so long is complete, also if no other has followed it; 10s if left out.",
    };

    /// <summary>Gives a command the options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_follow);
        command.Options.Add(_idle);
        command.Options.Add(_settle);
    }

    /// <summary>What was asked for; null where nothing is to be followed.</summary>
    /// <exception cref="UsageException">A time is none, or is given without `--follow`.</exception>
    public FollowOptions? Read(ParseResult parsed)
    {
        (string? idle, string? settle) = (parsed.GetValue(_idle), parsed.GetValue(_settle));
        if (!parsed.GetValue(_follow))
        {
            return idle is null && settle is null ? null
                : throw new UsageException($"{(idle is null ? "--settle" : "--idle-timeout")} says how long --follow waits; give --follow too.");
        }

        FollowOptions options = new();
        return options with
        {
            IdleSeconds = idle is null ? options.IdleSeconds : Seconds.Read("--idle-timeout", idle),
            SettleSeconds = settle is null ? options.SettleSeconds : Seconds.Read("--settle", settle),
        };
    }

    /// <summary>What is followed; it need not be there yet.</summary>
    /// <param name="paths">What the command line names.</param>
    /// <param name="root">What it names as the place of a list's videos.</param>
    /// <param name="isWhole">Whether segments are taken whole.</param>
    /// <exception cref="UsageException">It is not one file or one folder, or a single file is to be taken whole.</exception>
    public static string PathOf(IReadOnlyList<string> paths, string? root, bool isWhole)
    {
        string path = paths is [var only] && root is null ? only
            : throw new UsageException("--follow takes one file that is being written, or one folder that segments are put into, and no list of annotations.");
        if (!Path.Exists(path) && FileNames.FaultOf(path) is { } fault)
        {
            throw new UsageException($"Cannot follow '{path}': {fault}.");
        }

        if (isWhole)
        {
            RefusedStart.Run(() => VideoFollower.Require(path, WindowRule.Whole));
        }

        return path;
    }
}
