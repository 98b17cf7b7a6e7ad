using System.CommandLine.Parsing;

namespace Avion.Cli;

/// <summary>The options `--from 12 --to 14.5` that name a part of a video.</summary>
/// <param name="video">Which video, for the help.</param>
internal sealed class SpanOptions(string video)
{
    private readonly Option<double?> _from = new("--from") { Description = $"Where the part of {video} begins, in seconds." };
    private readonly Option<double?> _to = new("--to") { Description = "Where it ends." };

    /// <summary>Gives a command the options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_from);
        command.Options.Add(_to);
    }

    /// <summary>The part; all of the video where none is named.</summary>
    /// <exception cref="UsageException">The times are no part of a video.</exception>
    public ClipSpan Read(ParseResult parsed) => (parsed.GetValue(_from), parsed.GetValue(_to)) switch
    {
        (null, null) => ClipSpan.Whole,
        (_, null) => throw new UsageException("--from is given without --to."),
        (var begin, { } end) when (begin ?? 0) >= 0 && end > (begin ?? 0) && double.IsFinite(end) => new ClipSpan(begin ?? 0, end),
        var (begin, end) => throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--from {begin ?? 0} and --to {end} are no part of a video.")),
    };
}
