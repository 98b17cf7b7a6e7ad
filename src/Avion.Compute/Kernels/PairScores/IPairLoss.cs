namespace Avion.Compute;

/// <summary>What a loss over pairs of rows does with the scores that <see cref="PairTiles"/> computes.</summary>
internal unsafe interface IPairLoss
{
    /// <summary>Takes the scores of one own row against all rows: keeps its loss and what its gradients need.</summary>
    /// <param name="scores">One score a row of y; may be written over.</param>
    /// <param name="row">Which own row.</param>
    void Forward(float* scores, int row);

    /// <summary>Replaces the scores of one own row by the gradients of the loss with respect to them.</summary>
    /// <param name="scores">Scores against some rows of y.</param>
    /// <param name="row">Which own row.</param>
    /// <param name="first">First of these rows of y.</param>
    /// <param name="count">Number of these rows of y.</param>
    void Gradients(float* scores, int row, int first, int count);
}
