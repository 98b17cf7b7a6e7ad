using System.Diagnostics.CodeAnalysis;

namespace Avion.Compute;

/// <summary>The shape checks that kernel contracts make before any memory is touched.</summary>
internal static class Check
{
    /// <summary>Two tensors must have one shape.</summary>
    public static void SameShape(string operation, string leftName, in Tensor left, string rightName, in Tensor right)
    {
        if (left.Shape != right.Shape)
        {
            Throw($"{operation}: {rightName} has shape {right.Shape}, expected {left.Shape}, the shape of {leftName}.");
        }
    }

    /// <summary>A tensor must have this shape.</summary>
    public static void HasShape(string operation, string name, in Tensor tensor, Shape expected)
    {
        if (tensor.Shape != expected)
        {
            Throw($"{operation}: {name} has shape {tensor.Shape}, expected {expected}.");
        }
    }

    /// <summary>A tensor must have this many elements, whatever its shape.</summary>
    public static void HasCount(string operation, string name, in Tensor tensor, long expected)
    {
        if (tensor.Count != expected)
        {
            Throw($"{operation}: {name} has {tensor.Count} elements {tensor.Shape}, expected {expected}.");
        }
    }

    /// <summary>A tensor must have this many columns.</summary>
    public static void HasColumns(string operation, string name, in Tensor tensor, int expected, string because)
    {
        if (tensor.Shape.Columns != expected)
        {
            Throw($"{operation}: {name} has shape {tensor.Shape}, expected {expected} columns ({because}).");
        }
    }

    /// <summary>A constant of a loss must be of the accumulations' type, not rounded to that of activations.</summary>
    public static void IsNotRounded(string operation, string name, in Tensor tensor, Device device)
    {
        if (tensor.Type != device.AccumulationType)
        {
            Throw($"{operation}: {name} has type {tensor.Type}, expected {device.AccumulationType}, the accumulations' type "
                + "(Tape.AllocateStatistics).");
        }
    }

    [DoesNotReturn]
    private static void Throw(string message) => throw new ArgumentException(message);
}
