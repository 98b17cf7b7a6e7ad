namespace Avion.OpCases;

/// <summary>The input of a vision transformer. B clips · T time steps · S patches · D columns ·
/// class, time 1 or 0 for with or without.</summary>
public sealed class VideoTokensCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "VideoTokens";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("B", 1), ("T", 1), ("S", 1), ("D", 1), ("class", 1), ("time", 1)),
        OpSize.Of(("B", 3), ("T", 2), ("S", 5), ("D", 17), ("class", 1), ("time", 0)),
        OpSize.Of(("B", 2), ("T", 4), ("S", 6), ("D", 131), ("class", 1), ("time", 1)),
        OpSize.Of(("B", 2), ("T", 3), ("S", 7), ("D", 15), ("class", 0), ("time", 1)),
        OpSize.Of(("B", 13), ("T", 2), ("S", 5), ("D", 288), ("class", 1), ("time", 1)),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } =
        [OpSize.Of(("B", 2), ("T", 4), ("S", 196), ("D", 768), ("class", 1), ("time", 1))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        int clips = size["B"], times = size["T"], patchCount = size["S"], columns = size["D"];
        Parameter patches = inputs.Parameter("patches", new Shape(clips * times * patchCount, columns));
        Parameter? classToken = size["class"] == 1 ? inputs.Parameter("class", new Shape(columns)) : null;
        Parameter positions = inputs.Parameter("positions", new Shape(size["class"] + patchCount, columns));
        Parameter? time = size["time"] == 1 ? inputs.Parameter("time", new Shape(times, columns)) : null;
        return run => run.Output(run.Tape.VideoTokens(run.Read(patches), classToken, positions, time, clips, times, patchCount));
    }
}
