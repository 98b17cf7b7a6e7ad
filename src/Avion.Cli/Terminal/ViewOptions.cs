namespace Avion.Cli;

/// <summary>The options `--crops 3` and `--views 4` of commands that look at each clip more than once.</summary>
/// <param name="fate">What becomes of the views, for the help: empty, or such as <c>, averaged</c>.</param>
internal sealed class ViewOptions(string fate = "")
{
    private const int Most = 100;

    private readonly Option<int> _crops =
        NumberOption.Create("--crops", $"Square crops along the long side of the frame{fate}; 1: the centre.", 1, 1, Most);

    private readonly Option<int> _views = NumberOption.Create("--views", $"Views of each clip that take other frames of it{fate}.", 1, 1, Most);

    /// <summary>Gives a command the options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_crops);
        command.Options.Add(_views);
    }

    /// <summary>A model that reads clips with the views that were asked for.</summary>
    public ModelChoice Read(ParseResult parsed, ModelChoice model) =>
        model with { Reading = model.Reading with { Crops = parsed.GetValue(_crops), TemporalViews = parsed.GetValue(_views) } };
}
