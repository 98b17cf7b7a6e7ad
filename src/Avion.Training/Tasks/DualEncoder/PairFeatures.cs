namespace Avion.Training;

/// <summary>What a dual encoder makes of clips and their captions.</summary>
/// <param name="Video">V [B, E], rows of length 1.</param>
/// <param name="Text">T [B, E], rows of length 1; row i belongs to row i of V.</param>
public readonly record struct PairFeatures(Tensor Video, Tensor Text);
