namespace Avion.Cli;

/// <summary>What the program's exit code means to a script.</summary>
internal static class ExitCode
{
    /// <summary>The work is done.</summary>
    public const int Ok = 0;

    /// <summary>The work failed, found something bad, or was stopped before its end.</summary>
    public const int Failed = 1;

    /// <summary>Refused, nothing was started: the command line, the recipe, or a file or folder that they name is wrong or not
    /// there.</summary>
    public const int Usage = 2;

    /// <summary>This machine lacks a library, a program or a device that the work needs.</summary>
    public const int Missing = 3;
}
