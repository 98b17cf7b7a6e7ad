namespace Avion.Training;

/// <summary>What could not be measured, and why: one gap keeps nothing else from being measured.</summary>
internal sealed class MeasurementGaps
{
    private readonly List<string> _sentences = [];

    /// <summary>A sentence for each.</summary>
    public IReadOnlyList<string> Sentences => _sentences;

    /// <summary>Adds a sentence.</summary>
    public void Add(string sentence) => _sentences.Add(sentence);

    /// <summary>Measures; what fails for a reason that lies in recipe, data or machine becomes a gap.</summary>
    /// <param name="what">What is measured.</param>
    /// <param name="measure">Does it.</param>
    public void Try(string what, Action measure) => _ = Try(what, () =>
    {
        measure();
        return true;
    });

    /// <summary>As <see cref="Try(string, Action)"/>, with a result; null where there is none.</summary>
    public T? Try<T>(string what, Func<T> measure)
    {
        try
        {
            return measure();
        }
        catch (Exception error) when (error is RecipeException or DataException or DeviceMissingException or RunException
            or CheckpointException or VideoException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            Add($"{what}: {error.Message}");
        }

        return default;
    }
}
