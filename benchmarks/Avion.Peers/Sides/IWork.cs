namespace Avion.Peers;

/// <summary>A workload that is ready to run on one side.</summary>
internal interface IWork : IDisposable
{
    /// <summary>What computes it, for people: library, version, settings; behind a semicolon, how.</summary>
    string Description { get; }

    /// <summary>Does the work once.</summary>
    void Run();

    /// <summary>Time that the last <see cref="Run"/> took, where only part of it is the work; null for all of it.</summary>
    Duration? Measured => null;
}

/// <summary>Time by the clock, and of all processors together.</summary>
internal readonly record struct Duration(double Milliseconds, double ProcessorMilliseconds);
