namespace Avion.Training;

/// <summary>One of the things that a model says of a clip.</summary>
/// <param name="Name"><c>embedding</c>, <c>features</c>, or the name of a head.</param>
/// <param name="Size">Numbers of a clip.</param>
/// <param name="IsUnit">Whether they have length one, as embeddings do.</param>
public sealed record FeatureOutput(string Name, int Size, bool IsUnit = false);
