namespace Avion.Telemetry;

/// <summary>What bounds a training, in a sentence, and what to do about it in another.</summary>
/// <param name="Bottleneck">What bounds it.</param>
/// <param name="Text">That, with the numbers it follows from.</param>
/// <param name="Advice">What would help; empty where nothing was measured.</param>
public sealed record BottleneckVerdict(Bottleneck Bottleneck, string Text, string Advice)
{
    private const string WordLabel = "bottleneck", TextLabel = "message", AdviceLabel = "advice";

    private static readonly string[] s_words = ["unknown", "device", "decoding", "disk", "data"];

    /// <summary>One word for programs: <c>device</c>, <c>decoding</c>, <c>disk</c>, <c>data</c> or <c>unknown</c>.</summary>
    public string Word => s_words[(int)Bottleneck];

    /// <summary>For a line of the log, from which <see cref="Read"/> has the verdict back.</summary>
    public IReadOnlyList<Label> Labels => [new(WordLabel, Word), new(TextLabel, Text), new(AdviceLabel, Advice)];

    /// <summary>Judges shares of time.</summary>
    /// <param name="shares">What was measured.</param>
    /// <param name="place">Threads and processors; null where they are not known.</param>
    public static BottleneckVerdict Of(in LoadShares shares, LoadPlace? place = null) => Of(shares.Judge(), shares, place);

    /// <summary>Puts what was judged already into words.</summary>
    /// <param name="bottleneck">What bounds the training.</param>
    /// <param name="shares">What was measured.</param>
    /// <param name="place">Threads and processors; null where they are not known.</param>
    public static BottleneckVerdict Of(Bottleneck bottleneck, in LoadShares shares, LoadPlace? place = null)
    {
        string waits = $"training waits for clips {Percent(shares.Waiting)} of the time";
        string busy = double.IsNaN(shares.Decoding) ? ""
            : $", {Threads(place)} {Percent(shares.Decoding)} busy, {Percent(shares.ReadingOfMaking)} of that reading files";
        return bottleneck switch
        {
            Bottleneck.Device => new BottleneckVerdict(bottleneck,
                $"The device bounds it: clips are there in time ({Percent(shares.Waiting)} waiting{busy}).", DeviceAdvice(shares, place)),
            Bottleneck.Decoding => new BottleneckVerdict(bottleneck, $"Decoding bounds it: {waits}{busy}.", DecodingAdvice(shares, place)),
            Bottleneck.Disk => new BottleneckVerdict(bottleneck, $"The disk bounds it: {waits}{busy}.",
                "Put the videos on a faster disk, or make them smaller: avion data prepare."),
            Bottleneck.Data => new BottleneckVerdict(bottleneck, $"Reading bounds it: {waits}.",
                "avion plan RECIPE --measure tells whether decoding or the disk does."),
            _ => new BottleneckVerdict(bottleneck, "No step has been logged yet.", ""),
        };
    }

    /// <summary>The verdict that a run's log ends with so far, as it was told; null where the line is of another kind.</summary>
    public static BottleneckVerdict? Read(RunLogEntry entry)
    {
        if (entry.Kind != RunLogKind.Verdict || !entry.Labels.TryGetValue(TextLabel, out string? text))
        {
            return null;
        }

        int word = Array.IndexOf(s_words, entry.Labels.GetValueOrDefault(WordLabel, ""));
        return new BottleneckVerdict((Bottleneck)Math.Max(0, word), text, entry.Labels.GetValueOrDefault(AdviceLabel, ""));
    }

    /// <summary>The verdict as one line.</summary>
    public override string ToString() => Advice.Length == 0 ? Text : $"{Text} {Advice}";

    private static string Threads(LoadPlace? place) => place is null ? "decode threads"
        : place.DecodeThreads == 1 ? "the decode thread" : $"{place.DecodeThreads} decode threads";

    private static string DeviceAdvice(in LoadShares shares, LoadPlace? place)
    {
        const string rank = "avion plan RECIPE --measure ranks what would help.";
        return place is { ComputesOnProcessor: true } && !double.IsNaN(shares.Decoding)
            ? $"It is the processor, up to {Percent(Math.Min(1, shares.Decoding * place.DecodeThreads / place.Processors))} of which "
                + $"decodes; {rank}"
            : $"Only faster steps make it faster: {rank}";
    }

    private static string DecodingAdvice(in LoadShares shares, LoadPlace? place)
    {
        const double mostlyIdle = 0.7;
        const string prepare = "make the videos cheaper to decode: avion data prepare.";
        return shares.Decoding < mostlyIdle ? "Clips come unevenly: raise data.prefetch_batches."
            : place is { } known && known.DecodeThreads < known.Processors
            ? $"Raise data.decode_threads ({known.DecodeThreads} of {known.Processors} processors), or {prepare}"
            : char.ToUpperInvariant(prepare[0]) + prepare[1..];
    }

    private static string Percent(double share) =>
        double.IsNaN(share) ? "0 %" : (100 * share).ToString(share < 0.01 ? "0.0" : "0", CultureInfo.InvariantCulture) + " %";
}

/// <summary>Where clips are made and steps are computed.</summary>
/// <param name="DecodeThreads">Threads that make clips.</param>
/// <param name="Processors">Processors of the machine.</param>
/// <param name="ComputesOnProcessor">Whether the steps take the same processors.</param>
public sealed record LoadPlace(int DecodeThreads, int Processors, bool ComputesOnProcessor);
