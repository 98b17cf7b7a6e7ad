namespace Avion.Cli;

/// <summary>The model that a command line names first, and the options of commands that put many clips through one: `--vocabulary`,
/// `--batch-size`, `--decode-threads`, `--device`, `--precision` and `--threads`.</summary>
/// <param name="name">How the help calls the model.</param>
/// <param name="kind">What it has to be, for the help: empty, or such as <c>Dual encoder: </c>.</param>
internal sealed class ModelOptions(string name = "MODEL", string kind = "")
{
    private const int MostBatch = 1 << 16, MostDecodeThreads = 1024;

    /// <summary>The argument that names the model.</summary>
    public Argument<string> Model { get; } = new(name)
    {
        Description = $"{kind}{(kind.Length > 0 ? "file" : "File")} of weights that describes itself, checkpoint, or run folder.",
    };

    private readonly Option<string?> _vocabulary = new("--vocabulary")
    {
        Description = "Merges file that the model was trained with; the checkpoint's own if left out.",
    };

    private readonly Option<int> _batch =
        NumberOption.Create("--batch-size", "Clips that go through the model at once.", new FeatureOptions().BatchSize, 1, MostBatch);

    private readonly Option<int> _decode =
        NumberOption.Create("--decode-threads", "Threads that read videos; 0: one per processor.", 0, 0, MostDecodeThreads);

    private readonly Option<string> _device = DevicesOption.CreateForWeights();

    private readonly Option<string?> _precision = PrecisionOption.CreateForWeights();

    private readonly Option<int> _threads = ThreadsOption.Create();

    /// <summary>Gives a command the options.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_vocabulary, _batch, _decode, _device, _precision, _threads])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What was asked for.</summary>
    /// <exception cref="UsageException">The device is none.</exception>
    public ModelChoice Read(ParseResult parsed) => new()
    {
        Path = parsed.GetValue(Model)!,
        Vocabulary = parsed.GetValue(_vocabulary),
        Devices = DevicesOption.Read(parsed.GetValue(_device)!),
        Precision = parsed.GetValue(_precision) ?? "auto",
        Threads = parsed.GetValue(_threads),
        Reading = new FeatureOptions { BatchSize = parsed.GetValue(_batch), DecodeThreads = parsed.GetValue(_decode) },
    };
}
