namespace Avion.Training;

/// <summary>Work that a plain step does and Avion's leaves out without changing a number.</summary>
/// <param name="Name">What is not done, such as "captions are not padded".</param>
/// <param name="Kind">How it is turned off and on, to count what it saves.</param>
public readonly record struct Elimination(string Name, EliminationKind Kind);

/// <summary>How an elimination is turned off and on.</summary>
public enum EliminationKind
{
    /// <summary>Captions of full length, against captions of their own length.</summary>
    Padding,

    /// <summary><see cref="Model.SkipsUnreadRows"/>.</summary>
    UnreadRows,
}
