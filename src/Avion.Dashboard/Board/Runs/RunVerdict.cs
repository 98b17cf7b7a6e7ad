namespace Avion.Dashboard;

/// <summary>What bounds a run, as its log tells it.</summary>
/// <param name="Word"><c>device</c>, <c>decoding</c>, <c>disk</c>, <c>data</c> or <c>unknown</c>.</param>
/// <param name="Text">For people.</param>
/// <param name="Advice">What would help; may be empty.</param>
internal sealed record RunVerdict(string Word, string Text, string Advice)
{
    private const int RecentLines = 20;

    /// <summary>What the run itself told last; before it has told anything, what its newest steps say by the same rule.</summary>
    public static RunVerdict Of(RunHistory history)
    {
        BottleneckVerdict verdict = history.Of(RunLogKind.Verdict).Select(BottleneckVerdict.Read).LastOrDefault()
            ?? BottleneckVerdict.Of(LoadShares.Of(name => history.Recent(name, RecentLines)));
        return new RunVerdict(verdict.Word, verdict.Text, verdict.Advice);
    }
}
