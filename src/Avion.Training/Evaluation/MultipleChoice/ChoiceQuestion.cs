namespace Avion.Training;

/// <summary>A text and clips of which one is described by it.</summary>
/// <param name="Text">The text.</param>
/// <param name="Clips">Sample of each choice in the data set of all choices.</param>
/// <param name="Answer">Place of the right clip among the choices.</param>
/// <param name="Kind">Such as "inter" or "intra": questions are scored by kind.</param>
public sealed record ChoiceQuestion(string Text, IReadOnlyList<int> Clips, int Answer, string Kind);
