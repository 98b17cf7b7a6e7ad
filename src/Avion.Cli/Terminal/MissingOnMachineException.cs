namespace Avion.Cli;

/// <summary>This machine lacks a program or library that the command needs: exit code 3.</summary>
internal sealed class MissingOnMachineException(string message) : Exception(message);
